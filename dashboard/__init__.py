"""The two dashboards: web/ (React) for everyone, ops/ (Streamlit) for the person who runs the pipeline."""
