"""The service: wires feeds, log, core, store, gateway and outputs together into `wpsim serve`."""
