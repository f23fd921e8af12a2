"""What the sample company consists of. Values are computed from the seed when somebody looks at them."""
