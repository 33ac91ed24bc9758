"""From a problem to a project: templates baked, notebook written, committed, tested.

It must not import torch or transformer_lens, which belong to the projects, nor know the index.
"""
