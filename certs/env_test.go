package certs_test

import (
	"bytes"
	"crypto/x509"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wiretape/wiretape/certs"
)

func TestEnv(t *testing.T) {
	env := certs.Env("http://127.0.0.1:1", "/ca.pem", "/bundle.pem")
	for _, want := range []string{
		"HTTP_PROXY=http://127.0.0.1:1", "HTTPS_PROXY=http://127.0.0.1:1", "ALL_PROXY=http://127.0.0.1:1",
		"http_proxy=http://127.0.0.1:1", "https_proxy=http://127.0.0.1:1", "all_proxy=http://127.0.0.1:1",
		"NO_PROXY=", "no_proxy=", "NODE_USE_ENV_PROXY=1", "NODE_EXTRA_CA_CERTS=/ca.pem",
		"SSL_CERT_FILE=/bundle.pem", "REQUESTS_CA_BUNDLE=/bundle.pem", "CURL_CA_BUNDLE=/bundle.pem",
	} {
		if !slices.Contains(env, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

func TestBundle(t *testing.T) {
	a, dir := create(t)
	other, _ := create(t)
	roots := filepath.Join(dir, "roots.pem")
	if err := os.WriteFile(roots, bytes.TrimSpace(other.PEM()), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", roots)
	path, err := a.Bundle(dir)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := slices.Concat(other.PEM(), a.PEM()); !bytes.Equal(data, want) {
		t.Errorf("got %s", data)
	}
	before, _ := os.Stat(path)
	if _, err := a.Bundle(dir); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.Stat(path); !os.SameFile(before, after) {
		t.Error("written again though nothing changed")
	}
}

func TestBundleHasTheSystemsRoots(t *testing.T) {
	a, dir := create(t)
	t.Setenv("SSL_CERT_FILE", "/does/not/exist")
	path, err := a.Bundle(dir)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(data) || !bytes.HasSuffix(data, a.PEM()) {
		t.Error("the CA is missing")
	}
}
