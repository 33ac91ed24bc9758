# %% [markdown]
# ## Your prediction
# A stream of 128 dimensions has room for an orthogonal direction for each of 36 squares; one of 32 has not. Train both and take
# the mean size of the cosine between the directions (class means, mine minus theirs) of two squares. **How many times larger
# is it with 32 dimensions?** 1 means no difference. The test trains both with another seed.

# %%
from lab.prediction import note_prediction

note_prediction(overlap_with_32_dimensions=None)  # for example [2.0, 3.0]
