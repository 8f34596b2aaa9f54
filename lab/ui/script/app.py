"""What Streamlit runs for every click: the frame, and in it the page that is asked for."""

from lab.ui.frame import frame

frame()
