# %% [markdown]
# ## Your prediction
# The hidden layer reads a and b side by side. Each neuron has a list of p weights for the values of a and another
# for those of b. Any list of 31 numbers is a constant and 15 waves added up. Of each list keep the
# constant and the largest wave alone. How many held-out sums does the network still get right?
# Naming one answer always gives about 1 in p. The test trains a network of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(accuracy_with_one_frequency=None)  # for example [0.3, 0.5]
