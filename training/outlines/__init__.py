"""The published segmentation network as the ONNX network that comes with Veil."""
