package certs

import (
	"context"
	"crypto/tls"
)

// MaxLeaves is maxLeaves.
const MaxLeaves = maxLeaves

// NewLeaves returns the get of a cache that signs with mint.
func NewLeaves(mint func(string) (*tls.Certificate, error)) func(string) (*tls.Certificate, error) {
	return newLeaves(mint).get
}

// System is the machine as Install sees it.
type System = system

// NewSystem returns a machine whose commands are run by run.
func NewSystem(goos, root string, run func(ctx context.Context, name string, args ...string) error) *System {
	return &system{goos: goos, root: root, run: run}
}

// Install is install.
func (s *system) Install(certFile string) error { return s.install(context.Background(), certFile) }

// Uninstall is uninstall.
func (s *system) Uninstall(certFile, serial string) error {
	return s.uninstall(context.Background(), certFile, serial)
}
