"""The only place that knows everything: settings, urls, environment, processes, command line."""
