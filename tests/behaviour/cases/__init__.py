"""The HTTP cases: one module for each part of the contract, each with run(suite, world)."""
