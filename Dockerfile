# The playground's server, or any command: docker run --rm -p 5006:5006 separatrix
# Without PyTorch, which the page and the compiled engine do not need, and without rights beyond its own folder.
FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
RUN python -m venv /opt/separatrix \
 && /opt/separatrix/bin/pip install --no-cache-dir --constraint constraints.txt .

FROM python:3.13-slim
COPY --from=build /opt/separatrix /opt/separatrix
RUN useradd --create-home --uid 1000 separatrix
USER separatrix
WORKDIR /home/separatrix
ENV PATH=/opt/separatrix/bin:$PATH PYTHONUNBUFFERED=1 SEPARATRIX_CACHE=/home/separatrix/.cache/separatrix
EXPOSE 5006
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:5006/', timeout=4).read(1)"]
ENTRYPOINT ["separatrix"]
CMD ["play", "--no-browser", "--host", "0.0.0.0"]
