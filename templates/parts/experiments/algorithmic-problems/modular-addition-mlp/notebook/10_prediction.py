# %% [markdown]
# ## Your prediction
# The hidden layer reads a and b side by side. Each neuron has one weight for every value of a and one
# for every value of b. Read these p weights as a wave over the numbers 0 to p - 1, and let each neuron
# keep one frequency alone: its strongest. How many held-out sums does the network still get right?
# Naming the most common answer gives about 1 in p. The test trains a network of another seed.

# %%
from lab.prediction import note_prediction

note_prediction(accuracy_with_one_frequency=None)  # for example [0.3, 0.5]
