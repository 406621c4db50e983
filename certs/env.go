package certs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Env returns the environment variables, as NAME=value, that lead a program
// through the proxy and make it trust the CA: certFile holds the CA alone, for
// programs that add to the system's roots, bundleFile the roots and the CA, for
// programs that read nothing else then.
func Env(proxyURL, certFile, bundleFile string) []string {
	var env []string
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		env = append(env, name+"="+proxyURL, strings.ToLower(name)+"="+proxyURL)
	}
	// Nothing is to go past the proxy, whatever the environment said before.
	env = append(env, "NO_PROXY=", "no_proxy=", "NODE_USE_ENV_PROXY=1")
	for _, name := range []string{"NODE_EXTRA_CA_CERTS", "DENO_CERT"} {
		env = append(env, name+"="+certFile)
	}
	for _, name := range []string{
		"SSL_CERT_FILE", // OpenSSL, Go
		"REQUESTS_CA_BUNDLE",
		"CURL_CA_BUNDLE",
		"GIT_SSL_CAINFO",
		"AWS_CA_BUNDLE",
		"PIP_CERT",
		"CARGO_HTTP_CAINFO",
		"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
	} {
		env = append(env, name+"="+bundleFile)
	}
	return env
}

// rootFiles lists where systems keep their roots in one file.
func rootFiles() []string {
	return []string{
		"/etc/ssl/certs/ca-certificates.crt",                // Debian, Arch, Gentoo
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, RHEL
		"/etc/pki/tls/certs/ca-bundle.crt",                  // older ones of these
		"/etc/ssl/ca-bundle.pem",                            // openSUSE
		"/etc/ssl/cert.pem",                                 // Alpine, macOS, BSD
	}
}

// Bundle writes the system's roots and the CA into one file in dir and returns
// its path. The roots are those of $SSL_CERT_FILE when it is set. A system that
// does not keep its roots in a file, as Windows, gives a bundle of the CA alone,
// which is enough for every connection that is looked into.
func (a *Authority) Bundle(dir string) (path string, err error) {
	roots := systemRoots()
	if len(roots) > 0 && roots[len(roots)-1] != '\n' {
		roots = append(roots, '\n')
	}
	path = filepath.Join(dir, "bundle.pem")
	if err := replace(path, append(roots, a.PEM()...)); err != nil {
		return "", fmt.Errorf("bundle the CA with the system's roots: %w", err)
	}
	return path, nil
}

// systemRoots reads the system's roots, in PEM; nil when there is no such file.
func systemRoots() []byte {
	for _, path := range append([]string{os.Getenv("SSL_CERT_FILE")}, rootFiles()...) {
		if data, err := os.ReadFile(path); err == nil {
			return data
		}
	}
	return nil
}
