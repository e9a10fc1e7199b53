"""Routes of the APIs in one table, with an end for Lambda; the node has the other."""
