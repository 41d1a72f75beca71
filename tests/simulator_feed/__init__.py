"""The feed to rehearse with, over real HTTP and WebSockets."""
