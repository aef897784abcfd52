"""The account routes: what they accept, what they refuse, and in which words."""
import concurrent.futures
import json

import pytest

from support import call, log_in, new_user, register, registration

LOGIN = "/auth/login"
REFRESH = "/auth/refresh-token"
REGISTER = "/auth/register"


def post(server, path, body, **options):
    return call(server, "POST", path, body, **options)


def test_every_answer_must_not_be_stored(server):
    user = new_user(server)
    answers = [
        post(server, REGISTER, registration()),
        post(server, REGISTER, {}),
        post(server, LOGIN, {"email": user.email, "password": user.password}),
        call(server, "GET", "/auth/me", token=user.token),
        call(server, "GET", "/auth/me"),
        call(server, "GET", "/health"),
    ]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store", answer.status


def test_a_taken_email_conflicts_in_any_case_of_letters(server):
    user = register(server)
    for email in (user.email, user.email.upper(), f"  {user.email} "):
        post(server, REGISTER, registration(email=email)).problem(409, "email_taken")


def test_fifty_racing_registrations_have_one_winner(server):
    body = registration()
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: post(server, REGISTER, body).status, range(50)))
    assert answers.count(201) == 1, answers
    assert set(answers) <= {201, 409, 503}, answers


@pytest.mark.parametrize("name", sorted(registration()))
def test_registration_without_a_field_is_refused(server, name):
    problem = post(server, REGISTER, registration(**{name: None})).problem(422, "missing_field")
    assert problem["field"] == name


@pytest.mark.parametrize("name, value", [
    ("full_name", ""), ("full_name", "   "), ("full_name", "x" * 81), ("full_name", "a\u202eb"),
    ("full_name", "line\nbreak"), ("email", "nobody"), ("email", "a@b@c.example"),
    ("email", "@x.y"), ("email", "x" * 300 + "@example.com"), ("age", 0), ("age", 121), ("age", -1),
    ("date_of_birth", "1993-05-15"), ("date_of_birth", "1993-02-30T00:00:00Z"),
    ("date_of_birth", "yesterday"), ("gender", ""), ("gender", "x" * 33),
    ("phone_number", "1234567890"), ("phone_number", "+0123"), ("phone_number", "+1 234"),
    ("phone_number", "+1234567890123456"),
])
def test_registration_names_the_field_at_fault(server, name, value):
    problem = post(server, REGISTER, registration(**{name: value})).problem(422, "invalid_field")
    assert problem["field"] == name


@pytest.mark.parametrize("password, code", [
    ("1234567", "password_too_short"), ("é" * 7, "password_too_short"),
    ("x" * 129, "password_too_long"),
])
def test_registration_refuses_passwords_of_a_wrong_length(server, password, code):
    problem = post(server, REGISTER, registration(password=password)).problem(422, code)
    assert problem["field"] == "password"


@pytest.mark.parametrize("name, value", [
    ("age", "30"), ("age", 30.5), ("age", True), ("age", 1e300), ("full_name", 7),
    ("email", {"a": 1}), ("password", ["password123"]), ("gender", None), ("phone_number", 123),
])
def test_a_wrong_type_is_refused_with_its_field(server, name, value):
    body = dict(registration(), **{name: value})
    assert post(server, REGISTER, body).problem(422)["field"] == name


@pytest.mark.parametrize("path, body", [
    (REGISTER, dict(registration(), role="admin")), (REGISTER, dict(registration(), id=1)),
    (LOGIN, {"email": "a@example.com", "password": "password123", "remember": True}),
    (REFRESH, {"refresh_token": "x" * 43, "scope": "all"}),
])
def test_unknown_fields_are_refused(server, path, body):
    unknown = post(server, path, body).problem(422, "unknown_field")["field"]
    assert unknown in ("role", "id", "remember", "scope")
    if path == REGISTER:
        known = {key: value for key, value in body.items() if key not in ("role", "id")}
        assert post(server, REGISTER, known).status == 201, "the refused one must not be stored"


@pytest.mark.parametrize("text", [
    "", "{", "nothing", "[]", '"text"', "null", '{"email":"a@example.com","email":"b@example.com"}',
    '{"email":"a@example.com","password":"password123"} {}', '\ufeff{"email":"a","password":"b"}',
    "{'email':'a'}", '{"email":"\\ud800","password":"password123"}', "[" * 8000,
    '{"a":' * 3000, '{"age":NaN}', '{"age":01}',
])
def test_what_is_not_one_json_object_is_refused(server, text):
    answer = post(server, LOGIN, text.encode("utf-8"),
                  headers={"Content-Type": "application/json"})
    assert answer.problem(answer.status)["code"] in ("bad_json", "missing_field", "invalid_field")
    assert answer.status in (400, 422)


def test_bad_utf8_in_a_body_is_refused(server):
    post(server, LOGIN, b'{"email":"\xff@example.com","password":"password123"}',
         headers={"Content-Type": "application/json"}).problem(400, "bad_json")


def test_login_failures_look_all_the_same(server):
    user = new_user(server)
    wrong = post(server, LOGIN, {"email": user.email, "password": "not the password"})
    unknown = post(server, LOGIN, {"email": "nobody@example.com", "password": "password123"})
    short = post(server, LOGIN, {"email": user.email, "password": "x"})

    def seen(answer):
        problem = answer.problem(401, "invalid_credentials")
        del problem["request_id"]
        fields = {name.lower(): value for name, value in answer.headers.items()}
        for name in ("date", "x-request-id", "content-length"):
            fields.pop(name, None)
        return problem, fields
    assert seen(wrong) == seen(unknown) == seen(short)
    assert len(wrong.body) == len(unknown.body)


def test_passwords_count_to_the_last_character(server):
    long = "x" * 127
    user = register(server, password=long + "1")
    post(server, LOGIN, {"email": user.email, "password": long + "2"}).problem(401)
    post(server, LOGIN, {"email": user.email, "password": long}).problem(401)
    assert log_in(user).token


def test_a_composed_password_is_the_same_as_a_decomposed_one(server):
    user = register(server, password="caf\u00e9 au lait")
    answer = post(server, LOGIN, {"email": user.email, "password": "cafe\u0301 au lait"})
    assert answer.status == 200


def test_a_nul_in_a_password_ends_nothing(server):
    user = register(server, password="password\0one")
    post(server, LOGIN, {"email": user.email, "password": "password\0two"}).problem(401)
    assert log_in(user).token


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_me_tells_the_profile(server, method):
    user = new_user(server, "Ada Lovelace")
    answer = call(server, method, "/auth/me", token=user.token)
    assert answer.status == 200, answer.text
    me = answer.json()["user"]
    assert me["id"] == user.id
    assert me["name"] == "Ada Lovelace"
    assert me["email"] == user.email
    for name in ("age", "date_of_birth", "gender", "phone_number"):
        assert me[name] == user.profile[name]
    assert "password" not in answer.text and "hash" not in answer.text


def test_each_login_is_a_session_of_its_own(server):
    user = new_user(server)
    first = (user.token, user.refresh)
    log_in(user)
    assert first[0] != user.token and first[1] != user.refresh
    assert call(server, "POST", "/auth/logout", token=user.token).status == 200
    assert call(server, "GET", "/auth/me", token=first[0]).status == 200


def test_refreshing_rotates_the_token(server):
    user = new_user(server)
    answer = post(server, REFRESH, {"refresh_token": user.refresh})
    assert answer.status == 200, answer.text
    fresh = answer.json()
    assert fresh["refresh_token"] != user.refresh
    assert fresh["expires_in"] == 3600
    assert call(server, "GET", "/auth/me", token=fresh["token"]).status == 200


def test_a_retry_after_a_lost_answer_gets_the_same_successor(server):
    user = new_user(server)
    first = post(server, REFRESH, {"refresh_token": user.refresh}).json()
    again = post(server, REFRESH, {"refresh_token": user.refresh}).json()
    assert again["refresh_token"] == first["refresh_token"]


def test_an_old_token_ends_the_whole_family(server):
    user = new_user(server)
    second = post(server, REFRESH, {"refresh_token": user.refresh}).json()
    third = post(server, REFRESH, {"refresh_token": second["refresh_token"]}).json()
    post(server, REFRESH, {"refresh_token": user.refresh}).problem(401, "refresh_invalid")
    post(server, REFRESH, {"refresh_token": third["refresh_token"]}).problem(401, "refresh_invalid")
    call(server, "GET", "/auth/me", token=third["token"]).problem(401, "session_revoked")


def test_without_grace_a_second_use_is_reuse(start_server):
    strict = start_server(settings={"auth.refresh_grace_s": "0"})
    user = new_user(strict)
    second = post(strict, REFRESH, {"refresh_token": user.refresh}).json()
    post(strict, REFRESH, {"refresh_token": user.refresh}).problem(401, "refresh_invalid")
    post(strict, REFRESH, {"refresh_token": second["refresh_token"]}).problem(401)


def test_racing_refreshes_agree_on_one_successor(server):
    user = new_user(server)
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(
            lambda _: post(server, REFRESH, {"refresh_token": user.refresh}), range(40)))
    successors = {answer.json()["refresh_token"] for answer in answers if answer.status == 200}
    assert len(successors) == 1
    assert {answer.status for answer in answers} <= {200, 503}


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 5000, "../../etc/passwd"])
def test_a_refresh_token_that_is_none_is_refused(server, token):
    answer = post(server, REFRESH, {"refresh_token": token})
    assert answer.status in (401, 422)
    answer.problem(answer.status)


def test_access_and_refresh_tokens_do_not_stand_in_for_one_another(server):
    user = new_user(server)
    post(server, REFRESH, {"refresh_token": user.token}).problem(401, "refresh_invalid")
    call(server, "GET", "/auth/me", token=user.refresh).problem(401, "token_malformed")


def test_changing_the_password_ends_the_other_sessions(server):
    user = new_user(server)
    other = (user.token, user.refresh)
    log_in(user)
    body = {"old_password": user.password, "new_password": "a new password"}
    assert post(server, "/auth/change-password", body, token=user.token).status == 200
    post(server, LOGIN, {"email": user.email, "password": user.password}).problem(401)
    call(server, "GET", "/auth/me", token=other[0]).problem(401, "session_revoked")
    post(server, REFRESH, {"refresh_token": other[1]}).problem(401, "refresh_invalid")
    assert call(server, "GET", "/auth/me", token=user.token).status == 200
    user.password = "a new password"
    assert log_in(user).token


def test_changing_the_password_needs_the_old_one(server):
    user = new_user(server)
    body = {"old_password": "not the password", "new_password": "a new password"}
    problem = post(server, "/auth/change-password", body, token=user.token).problem(403)
    assert problem["code"] == "invalid_credentials"
    body = {"old_password": user.password, "new_password": "short"}
    post(server, "/auth/change-password", body, token=user.token).problem(422, "password_too_short")
    assert log_in(user).token


def test_logging_out_ends_the_session_and_may_be_repeated(server):
    user = new_user(server)
    for _ in range(2):
        assert call(server, "POST", "/auth/logout", token=user.token).status == 200
    call(server, "GET", "/auth/me", token=user.token).problem(401, "session_revoked")
    post(server, REFRESH, {"refresh_token": user.refresh}).problem(401, "refresh_invalid")
    assert log_in(user).token


def test_failed_logins_make_the_next_one_wait(start_server):
    guarded = start_server(settings={"auth.login_free_failures": "3"})
    user = register(guarded)
    wrong = {"email": user.email, "password": "not the password"}
    statuses = [post(guarded, LOGIN, wrong).status for _ in range(6)]
    assert statuses[:3] == [401, 401, 401]
    limited = post(guarded, LOGIN, wrong)
    limited.problem(429, "rate_limited")
    assert int(limited.headers["Retry-After"]) >= 1
    unknown = {"email": "nobody@example.com", "password": "not the password"}
    assert [post(guarded, LOGIN, unknown).status for _ in range(4)][:3] == [401, 401, 401]
    assert post(guarded, LOGIN, unknown).status == 429, "unknown accounts must not differ"


def test_registrations_per_address_are_limited(start_server):
    guarded = start_server(settings={"auth.registrations_per_address_per_hour": "2"})
    assert [post(guarded, REGISTER, registration()).status for _ in range(3)] == [201, 201, 429]


def test_registration_can_be_closed(start_server):
    closed = start_server(settings={"auth.registration": "false"})
    post(closed, REGISTER, registration()).problem(403, "registration_closed")


def test_errors_never_show_the_inside(server):
    nasty = "'; DROP TABLE accounts; --"
    answers = [post(server, LOGIN, {"email": nasty, "password": nasty}),
               post(server, REGISTER, registration(email=nasty)),
               post(server, REGISTER, registration(full_name=nasty, email="not one"))]
    for answer in answers:
        text = json.dumps(answer.json())
        for inside in ("sqlite", "SELECT", "INSERT", "/src/", "std::", "exception"):
            assert inside.lower() not in text.lower(), text
