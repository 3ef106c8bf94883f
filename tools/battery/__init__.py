"""The generated battery: what every op entry is tested for, by the test suite and by `tensorsmith ops check`."""
