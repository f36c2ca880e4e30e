# The service, for a read-only file system and no rights:
#
#   docker build -t kalemia .
#   docker run --read-only --cap-drop ALL --security-opt no-new-privileges --shm-size 128m -p 8000:8000 kalemia
FROM python:3.13-slim AS build
WORKDIR /build
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
RUN python -m venv /opt/kalemia \
 && /opt/kalemia/bin/pip install --no-cache-dir --constraint constraints.txt ".[serve]"

FROM python:3.13-slim
COPY --from=build /opt/kalemia /opt/kalemia
ENV PATH=/opt/kalemia/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=3)"]
ENTRYPOINT ["kalemia", "serve", "--host", "0.0.0.0"]
