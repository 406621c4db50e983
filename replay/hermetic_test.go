package replay_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// opens are the functions of the standard library that open sockets or ask for
// addresses.
var opens = map[string]bool{
	"net.Dial": true, "net.DialTimeout": true, "net.DialTCP": true, "net.DialUDP": true, "net.DialIP": true, "net.DialUnix": true,
	"net.Dialer": true, "net.Listen": true, "net.ListenPacket": true, "net.ListenTCP": true, "net.ListenUDP": true, "net.Resolver": true,
	"net.LookupHost": true, "net.LookupAddr": true, "net.LookupIP": true, "net.ResolveTCPAddr": true,
	"http.Get": true, "http.Post": true, "http.PostForm": true, "http.Head": true, "http.Client": true, "http.DefaultClient": true,
	"http.DefaultTransport": true, "tls.Dial": true, "tls.Dialer": true, "exec.Command": true,
}

// A replay opens no socket: there is no call in the package that could.
func TestNothingInThePackageOpensASocket(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		read++
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := s.X.(*ast.Ident); ok && opens[x.Name+"."+s.Sel.Name] {
				t.Errorf("%s uses %s.%s", f.Name(), x.Name, s.Sel.Name)
			}
			return true
		})
	}
	if read < 20 {
		t.Fatalf("%d files", read)
	}
}
