package mitm_test

import (
	"os"
	"testing"
)

// scratch is a folder for what all tests of a run share.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "mitm"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

func mkdirTemp() (string, error) { return os.MkdirTemp(scratch, "ca") }
