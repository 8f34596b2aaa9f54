"""The baseline of `app`: a chat as Streamlit's tutorial has it, run by `streamlit run` as it comes."""

import anthropic
import streamlit as st

st.title("Chat")
messages = st.session_state.setdefault("messages", [])
for message in messages:
    with st.chat_message(message["role"]):
        st.markdown(message["content"])
if question := st.chat_input("Ask Claude"):
    messages.append({"role": "user", "content": question})
    with st.chat_message("user"):
        st.markdown(question)
    with (
        st.chat_message("assistant"),
        anthropic.Anthropic().messages.stream(
            model="claude-sonnet-5-5", max_tokens=1024, messages=messages
        ) as stream,
    ):
        answer = st.write_stream(stream.text_stream)
    messages.append({"role": "assistant", "content": answer})
