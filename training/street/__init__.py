"""The built-in detector of persons and vehicles: NanoDet-g, from TensorFlow.js to ONNX."""
