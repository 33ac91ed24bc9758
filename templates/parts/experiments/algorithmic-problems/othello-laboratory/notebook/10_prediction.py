# %% [markdown]
# ## Your prediction
# A stream of 128 dimensions has room for an orthogonal direction for each of 36 squares; one of 32 has not. Train both and take
# the mean size of the cosine between the directions (class means, mine minus theirs) of two squares. **How many times larger
# is it with 32 dimensions?** 1 means no difference. Random directions give sqrt(128 / 32) = 2, without any plan to share, and
# the notebook prints what untrained models give. The test trains both with another seed.

# %%
from lab.prediction import note_prediction

note_prediction(overlap_with_32_dimensions=None)  # for example [1.9, 3.0]
