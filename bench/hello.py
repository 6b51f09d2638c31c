"""The floor: a bare Flask route, served by the same server and workers as Funis."""

from flask import Flask

app = Flask("hello")


@app.get("/")
def hello() -> str:
    return "hello"
