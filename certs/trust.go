package certs

import (
	"fmt"
	"strings"
)

// Instruction is one way to make programs trust the CA.
type Instruction struct {
	For      string   // which system or programs, as in "Debian, Ubuntu"
	Commands []string // to be run in a shell, in order
	Note     string   // what to know or to do by hand, "" for nothing
}

// Instructions tells how to trust the certificate in certFile on the system
// goos, in the words of runtime.GOOS. Other systems get those for single
// programs, which come last everywhere.
func Instructions(goos, certFile string) []Instruction {
	file := quote(certFile)
	var list []Instruction
	switch goos {
	case "linux":
		for _, s := range linuxStores() {
			list = append(list, Instruction{For: s.name, Commands: []string{
				"sudo cp " + file + " " + s.anchor,
				"sudo " + strings.Join(s.update, " "),
			}})
		}
	case "darwin":
		list = append(list, Instruction{
			For:      "macOS",
			Commands: []string{"security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db " + file},
			Note:     "To undo it: security remove-trusted-cert " + file,
		})
	case "windows":
		list = append(list, Instruction{
			For:      "Windows",
			Commands: []string{fmt.Sprintf("certutil -user -addstore Root \"%s\"", certFile)},
		})
	case "android":
		list = append(list, Instruction{
			For:  "Android",
			Note: "Open http://wiretape/ca.cer through the proxy and install it under Settings, Security, CA certificate. Apps trust it only if their network security configuration allows user CAs.",
		})
	case "ios":
		list = append(list, Instruction{
			For:  "iOS",
			Note: "Open http://wiretape/ca.cer through the proxy in Safari, install the profile, then switch it on under Settings, General, About, Certificate Trust Settings.",
		})
	}
	return append(list, programs(file)...)
}

// programs tells how to make single programs trust a certificate.
func programs(file string) []Instruction {
	return []Instruction{
		{
			For:      "programs started by wiretape",
			Commands: []string{"wiretape record -- COMMAND"},
			Note:     "The command gets the proxy and the CA in its environment; nothing has to be installed.",
		},
		{
			For:      "programs started from a shell",
			Commands: []string{`eval "$(wiretape ca env)"`},
		},
		{
			For:      "Node.js",
			Commands: []string{"NODE_EXTRA_CA_CERTS=" + file + " node app.js"},
		},
		{
			For:      "curl",
			Commands: []string{"curl --cacert " + file + " https://example.com/"},
		},
		{
			For:      "Firefox",
			Note:     "Settings, Privacy & Security, View Certificates, Authorities, Import. Or, with certutil of NSS, in the folder of the profile:",
			Commands: []string{"certutil -A -d sql:. -n wiretape -t C,, -i " + file},
		},
		{
			For:      "Chrome on Linux",
			Commands: []string{"certutil -A -d sql:$HOME/.pki/nssdb -n wiretape -t C,, -i " + file},
		},
		{
			For:      "Java",
			Commands: []string{"keytool -importcert -cacerts -storepass changeit -noprompt -alias wiretape -file " + file},
		},
	}
}

// store is the trust store of a Linux distribution: certificates lie in a
// folder, and a command takes them over.
type store struct {
	name   string
	folder string // exists where the store is in use
	anchor string // where our certificate goes
	update []string
}

func linuxStores() []store {
	return []store{
		{"Debian, Ubuntu, Alpine", "/usr/local/share/ca-certificates", "/usr/local/share/ca-certificates/wiretape.crt", []string{"update-ca-certificates"}},
		{"Fedora, RHEL", "/etc/pki/ca-trust/source/anchors", "/etc/pki/ca-trust/source/anchors/wiretape.pem", []string{"update-ca-trust", "extract"}},
		{"Arch", "/etc/ca-certificates/trust-source/anchors", "/etc/ca-certificates/trust-source/anchors/wiretape.crt", []string{"trust", "extract-compat"}},
		{"openSUSE", "/usr/share/pki/trust/anchors", "/usr/share/pki/trust/anchors/wiretape.pem", []string{"update-ca-certificates"}},
	}
}

// quote quotes s for a POSIX shell, if it needs to be.
func quote(s string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+,:@%", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !safe(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
