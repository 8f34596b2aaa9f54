"""The app's pages. `script/app.py` is what Streamlit runs; it stands alone so that no page's file can be
taken for a module of another name."""
