"""The built-in detector of persons and vehicles: NanoDet-Plus, from ncnn to ONNX."""
