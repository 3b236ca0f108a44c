"""What is kept: one thin module a stage; each builds the asset of that stage for one dataset."""
