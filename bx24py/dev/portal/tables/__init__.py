"""Tables of the sample company, and the lists that methods make of them: filter, order, select, pages."""
