"""What hides: the styles, what they are drawn with, and the pictures of what was hidden."""
