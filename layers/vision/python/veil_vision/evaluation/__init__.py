"""How much of what people marked in their own pictures is found, and what is found besides."""
