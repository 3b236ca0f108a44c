"""Both clients reach one place with one set of credentials: each field of a connection, and the AWS chain."""

import datetime
import ipaddress
import ssl
import sys
import traceback
from pathlib import Path

import pytest

from labelport.errors import BucketError
from labelport.storage.connection import Connection
from labelport.storage.opening import open_bucket
from labelport.storage.s3.bucket import S3Bucket
from labelport.storage.s3.clients import Clients
from labelport.testing.bucket import keys_of
from tests.labelport.storage.small_store import Reply, SmallStore, served


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                 "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def store() -> SmallStore:
    return SmallStore(objects={"x": b"123", "odd//": b""})


def signatures(store: SmallStore, bucket: S3Bucket) -> set[str]:
    """Ask once through each client; return what stands before the signature: key id, region."""
    store.asked.clear()
    assert keys_of(bucket) == ["odd//", "x"]
    assert bucket.read_range("x", 0, 3) == b"123"
    by_obstore = [request for request in store.asked if "Range" in request.headers]
    assert 0 < len(by_obstore) < len(store.asked), "both clients asked"
    scopes = [request.headers.get("Authorization", "").partition("Credential=")[2] for request in store.asked]
    return {f"{scope.split('/')[0]} {scope.split('/')[2]}" if scope else "unsigned" for scope in scopes}


def opened(connection: Connection | None = None) -> S3Bucket:
    bucket = open_bucket("s3://bucket", connection=connection)
    assert isinstance(bucket, S3Bucket)
    return bucket


def test_opening_asks_nobody(store: SmallStore) -> None:
    with served(store) as connection:
        opened(connection)
        opened(Connection(profile="no such profile"))
        assert store.asked == []


def test_static_keys_region_and_token_reach_both_clients(store: SmallStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of somebody else")
    with served(store, session_token="temporary") as connection:
        assert signatures(store, opened(connection)) == {"KEYID eu-west-2"}
        assert {request.headers["x-amz-security-token"] for request in store.asked} == {"temporary"}


def test_keys_without_a_token_do_not_get_that_of_the_environment(
    store: SmallStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "OTHER")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "other")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of somebody else")
    with served(store) as connection:
        assert signatures(store, opened(connection)) == {"KEYID eu-west-2"}
        assert not any("x-amz-security-token" in request.headers for request in store.asked)


def test_an_unsigned_connection_signs_nothing(store: SmallStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(store, unsigned=True, access_key_id=None, secret_access_key=None) as connection:
        assert signatures(store, opened(connection)) == {"unsigned"}
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")  # obstore reads that by itself
    with served(store) as connection:
        assert signatures(store, opened(connection)) == {"KEYID eu-west-2"}


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_the_chain_of_the_environment_reaches_both_clients(
    store: SmallStore, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with served(store) as connection:
        monkeypatch.setenv(name, str(connection.endpoint))
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "FROMENV")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
        assert signatures(store, opened()) == {"FROMENV ap-south-1"}


def test_the_connection_is_stronger_than_the_environment(store: SmallStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    monkeypatch.setenv("AWS_REGION", "ap-south-1")
    monkeypatch.setenv("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "true")
    with served(store) as connection:
        assert signatures(store, opened(connection)) == {"KEYID eu-west-2"}


def test_a_profile_gives_keys_region_endpoint_and_addressing_to_both(store: SmallStore, tmp_path: Path) -> None:
    with served(store) as connection:
        (tmp_path / "config").write_text(
            f"[profile lab]\nregion = eu-central-1\nendpoint_url = {connection.endpoint}\ns3 =\n  addressing_style = path\n"
        )
        (tmp_path / "credentials").write_text("[lab]\naws_access_key_id = OFLAB\naws_secret_access_key = hush\n")
        assert signatures(store, opened(Connection(profile="lab"))) == {"OFLAB eu-central-1"}
        (tmp_path / "config").write_text("[profile lab]\nregion = eu-central-1\ns3 =\n  addressing_style = virtual\n")
        assert Clients(Connection(profile="lab", endpoint="http://minio.acme.org"), "bucket").reach.virtual


def test_without_a_region_an_s3_compatible_store_gets_the_usual_one(store: SmallStore) -> None:
    with served(store, region=None) as connection:
        assert signatures(store, opened(connection)) == {"KEYID us-east-1"}


def test_without_a_region_aws_is_not_asked() -> None:
    with pytest.raises(BucketError, match=r"no region is set.*AWS_DEFAULT_REGION"):
        opened(Connection(access_key_id="k", secret_access_key="s")).head("x")


def test_without_credentials_the_words_say_where_to_put_them() -> None:
    for act in (lambda bucket: bucket.head("x"), keys_of):
        with pytest.raises(BucketError, match=r"no credentials for the bucket bucket at (AWS|https)"):
            act(opened(Connection(region="eu-west-2", max_attempts=1)))


def test_a_profile_that_is_not_there_is_said() -> None:
    with pytest.raises(BucketError, match="nowhere"):
        opened(Connection(profile="nowhere")).head("x")


@pytest.mark.parametrize("profile", [None, "lab"])
@pytest.mark.parametrize("file", ["config", "credentials"])
def test_a_configuration_that_is_broken_is_said_and_not_shown(tmp_path: Path, file: str, profile: str | None) -> None:
    (tmp_path / file).write_text("aws_secret_access_key = hush\n")
    with pytest.raises(BucketError, match="AWS configuration") as caught:
        opened(Connection(region="eu-west-2", profile=profile)).head("x")
    assert "hush" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


@pytest.mark.parametrize("secret", ["http://user:hush@127.0.0.1", "hush"])
def test_an_endpoint_of_the_environment_is_judged_and_not_shown(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", secret)
    with pytest.raises(BucketError, match="https://host:port") as caught:
        opened(Connection(region="x", access_key_id="k", secret_access_key="s")).head("x")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("key", ["x", "odd//"])
def test_a_request_is_tried_as_often_as_the_connection_says(key: str) -> None:
    for attempts in (1, 3):
        store = SmallStore(lambda store, request: Reply(500))
        with served(store, max_attempts=attempts) as connection, pytest.raises(BucketError):
            opened(connection).get(key)
        assert len(store.asked) == attempts


def test_plain_http_is_allowed_only_where_the_endpoint_says_so() -> None:
    plain, safe = (
        Clients(Connection(f"{scheme}://127.0.0.1:1", "x", access_key_id="k", secret_access_key="s"), "bucket").store
        for scheme in ("http", "https")
    )
    assert (plain.client_options or {})["allow_http"] in (True, "true")
    assert (safe.client_options or {})["allow_http"] in (False, "false")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a file of an authority that nobody trusts, and one of a key and its certificate for 127.0.0.1."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("authority", "store")]
    host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = []
    for number, key in enumerate(keys):
        builder = x509.CertificateBuilder(names[0], names[number], key.public_key(), number + 1, now - day, now + day)
        builder = builder.add_extension(x509.BasicConstraints(ca=number == 0, path_length=None), critical=True)
        builder = builder.add_extension(host, critical=False) if number else builder
        made.append(builder.sign(keys[0], hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    authority, store = (tmp_path_factory.mktemp("tls") / name for name in ("authority.pem", "store.pem"))
    authority.write_bytes(made[0])
    store.write_bytes(made[1] + keys[1].private_bytes(*form))
    return authority, store


def test_a_certificate_is_checked_by_both_clients(
    store: SmallStore, certificates: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, certificate = certificates
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with served(store, tls=context, max_attempts=1) as connection:
        for act in (lambda bucket: bucket.head("x"), keys_of):
            with pytest.raises(BucketError, match="is not trusted"):
                act(opened(connection))
        for verify in (str(authority), False):
            assert signatures(store, opened(connection_with(connection, verify))) == {"KEYID eu-west-2"}
        for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
            with monkeypatch.context() as environment:
                environment.setenv(name, str(authority))
                assert signatures(store, opened(connection)) == {"KEYID eu-west-2"}
    garbage = authority.with_name("garbage.pem")
    garbage.write_text("hush")
    for path in ("/no/such/file.pem", str(garbage)):
        for act in (lambda bucket: bucket.head("x"), keys_of):
            with pytest.raises(BucketError, match=r"certificate authorities in /.*pem cannot be read"):
                act(opened(connection_with(connection, path)))


def test_a_program_that_gives_no_keys_is_said_and_its_words_are_not(tmp_path: Path) -> None:
    program = tmp_path / "fail.py"
    program.write_text("import sys; sys.exit('hush')")
    (tmp_path / "config").write_text(f"[default]\nregion = x\ncredential_process = {sys.executable} {program}\n")
    for act in (lambda bucket: bucket.head("x"), keys_of):
        with pytest.raises(BucketError, match="no credentials for the bucket bucket") as caught:
            act(opened(Connection(endpoint="http://127.0.0.1:1", max_attempts=1)))
        assert "hush" not in "".join(traceback.format_exception(caught.value))
        assert not isinstance(caught.value.__context__, Exception) or "hush" not in str(caught.value.__context__)


def connection_with(connection: Connection, verify: bool | str) -> Connection:
    return Connection(**{**connection.to_options(), "verify": verify})


def test_threads_share_one_client_of_each_kind() -> None:
    from concurrent.futures import ThreadPoolExecutor

    clients = Clients(
        Connection(endpoint="http://127.0.0.1:1", region="x", access_key_id="k", secret_access_key="s"), "b"
    )
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: (id(clients.store), id(clients.boto)), range(64)))
    assert len(set(made)) == 1
