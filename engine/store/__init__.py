"""What is remembered outside a game: the fitted models, the history of a day, the cache of snapshots."""
