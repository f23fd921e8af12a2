"""The data of the sample company. Values are computed from the seed on demand."""
