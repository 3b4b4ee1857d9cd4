"""What stands behind the scores: the measurements of papers' arguments, and more.

An analysis opens a :class:`.subject.Subject` (a model on a list of episodes), walks
through its images by :mod:`.streams`, in which each image is encoded once, and leaves a
:class:`.result.AnalysisResult`: a table, JSON and a picture.
"""
