"""Exports of a fitted classifier: an ONNX file, a PyTorch program, a Python file that needs no library.

Each is made from a `Portable` alone, encoder included, and gives the classifier's probabilities within 1e-5.
"""
