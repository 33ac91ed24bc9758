# %% [markdown]
# ## Your prediction
# Take the ten neurons whose output weights point most against their input weights. Look where each fires
# hardest: how far does the stream lie along its input direction, beyond the average token? Of that
# excess, which share does the neuron's own output take away? 0: nothing; 1: all of it. Its sign follows
# from the cosine, its size does not. State a range for the median over the ten. The test reads other
# passages.

# %%
from lab.prediction import note_prediction

note_prediction(share_removed=None)  # for example [0.05, 0.15]
