package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strings"

	"github.com/wiretape/wiretape/certs"
	"github.com/wiretape/wiretape/cmd/wiretape/internal/web"
)

// setup tells the page how programs are pointed at a proxy, "" for none that
// runs, and made to trust the CA. The variables are those a child gets.
func setup(ca *certs.Authority, proxy string) func() web.Setup {
	sum := sha256.Sum256(ca.Certificate().Raw)
	s := web.Setup{CA: web.CA{
		Path: ca.CertFile(), SHA256: hex.EncodeToString(sum[:]),
		Expires: ca.Certificate().NotAfter, PEM: string(ca.PEM()),
	}}
	bundle, err := ca.Bundle(filepath.Dir(ca.CertFile()))
	if err != nil {
		bundle = ca.CertFile()
		s.Warnings = append(s.Warnings, err.Error())
	}
	s.Ways = ways(proxy, ca.CertFile(), bundle)
	return func() web.Setup { return s }
}

// ways returns the lines for each kind of program, fit for a POSIX shell where
// they are commands.
func ways(proxy, cert, bundle string) []web.Way {
	if proxy == "" {
		proxy = "http://127.0.0.1:8080"
	}
	address := strings.TrimPrefix(proxy, "http://")
	host, port, _ := strings.Cut(address, ":")
	var exports []string
	for _, v := range certs.Env(proxy, cert, bundle) {
		exports = append(exports, "export "+shellQuoteAssignment(v))
	}
	q := shellQuote
	return []web.Way{
		{Name: "record", Lines: []string{"wiretape record -- CMD"}},
		{Name: "shell", Lines: exports},
		{Name: "curl", Lines: []string{"curl --proxy " + q(proxy) + " --cacert " + q(cert) + " https://example.com/"}},
		{Name: "node", Lines: []string{"NODE_USE_ENV_PROXY=1 HTTPS_PROXY=" + q(proxy) + " HTTP_PROXY=" + q(proxy) + " NODE_EXTRA_CA_CERTS=" + q(cert) + " node app.js"}},
		{Name: "python", Lines: []string{"HTTPS_PROXY=" + q(proxy) + " HTTP_PROXY=" + q(proxy) + " SSL_CERT_FILE=" + q(bundle) + " REQUESTS_CA_BUNDLE=" + q(bundle) + " python app.py"}},
		{Name: "go", Lines: []string{"HTTPS_PROXY=" + q(proxy) + " HTTP_PROXY=" + q(proxy) + " SSL_CERT_FILE=" + q(bundle) + " go run ."}},
		{Name: "java", Lines: []string{
			"keytool -importcert -noprompt -alias wiretape -file " + q(cert) + " -keystore wiretape.jks -storepass changeit",
			"java -Dhttps.proxyHost=" + host + " -Dhttps.proxyPort=" + port + " -Dhttp.proxyHost=" + host + " -Dhttp.proxyPort=" + port +
				" -Djavax.net.ssl.trustStore=wiretape.jks -Djavax.net.ssl.trustStorePassword=changeit -jar app.jar",
		}},
		{Name: ".net", Lines: []string{"HTTPS_PROXY=" + q(proxy) + " HTTP_PROXY=" + q(proxy) + " SSL_CERT_FILE=" + q(bundle) + " dotnet run"}},
		{Name: "docker", Lines: []string{"docker run --network host -e HTTPS_PROXY=" + q(proxy) + " -e HTTP_PROXY=" + q(proxy) +
			" -e SSL_CERT_FILE=/wiretape.pem -e NODE_EXTRA_CA_CERTS=/wiretape.pem -v " + q(bundle+":/wiretape.pem:ro") + " IMAGE"}},
		{Name: "chrome", Lines: []string{"google-chrome --proxy-server=" + q(proxy) + " --proxy-bypass-list='<-loopback>' --user-data-dir=/tmp/wiretape-chrome"}},
		{Name: "firefox", Lines: []string{
			"Settings, Network Settings, Manual proxy configuration: " + address + ", also for HTTPS",
			"Settings, Certificates, Authorities, Import: " + cert,
		}},
		{Name: "system", Lines: []string{"sudo wiretape ca install --ca-dir " + q(filepath.Dir(cert))}},
	}
}
