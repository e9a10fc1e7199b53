"""Archives, read by the program 7-Zip in a process of its own."""
