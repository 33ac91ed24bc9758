"""What this investigation is built from: settings, data, model, measurements, plots."""
