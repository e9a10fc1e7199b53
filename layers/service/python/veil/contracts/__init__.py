"""What clients may ask and are answered, one package per contract, and the document of them all."""
