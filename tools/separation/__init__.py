"""Speech separation by deep clustering and its relatives: the reference code of the course.

Axes, everywhere in this package: the batch comes first, positions follow, and the last axis says *which*:

=====================  ==========================================  =========================
waveforms              (batch, sample) or (batch, sample, source)  float, 1.0 is full scale
spectra                (batch, frame, frequency[, source])         complex
masks, targets         (batch, frame, frequency, source)           float
embeddings             (batch, frame, frequency, dimension)        float, unit length
weights                (batch, frame, frequency)                   float, not negative
=====================  ==========================================  =========================

A *bin* is one (frame, frequency). Levels are in dB, times in seconds where a name doesn't say samples or frames.
"""

__version__ = "0.1.0"
