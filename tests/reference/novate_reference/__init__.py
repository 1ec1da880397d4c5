"""References for the risk engine that are not its own arithmetic; see README.md beside this package."""
