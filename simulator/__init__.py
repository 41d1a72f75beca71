"""Games that are over or never were: season files, importers, replay, virtual clock, generated seasons."""
