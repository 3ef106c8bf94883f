"""The generated battery: what every entry is tested for, by the suite and by `ops check`."""
