package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sage-network/sage-node/cmd/internal/scripts"
	"github.com/sage-network/sage-node/internal/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sage-validator": main})
}

func TestScripts(t *testing.T) { scripts.Run(t, nil) }

// TestSettings checks that each kind of setting comes through each layer.
func TestSettings(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, role), 0o700); err != nil {
		t.Fatal(err)
	}
	file := "listen = [\"/ip4/127.0.0.1/tcp/7000\"]\nround-timeout = \"5s\"\npoll = \"7s\"\ndht = false\n"
	if err := os.WriteFile(filepath.Join(home, role, "config.toml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SAGE_HOME", home)
	t.Setenv("SAGE_VALIDATOR_BOOTSTRAP", "/ip4/10.0.0.1/tcp/1,/ip4/10.0.0.2/tcp/2")
	t.Setenv("SAGE_VALIDATOR_POLL", "8s")
	t.Setenv("SAGE_LISTEN", "another program's")
	t.Setenv("SAGE_WORKER_LISTEN", "another program's")
	common, err := cli.CommonDefaults()
	if err != nil {
		t.Fatal(err)
	}
	cmd := root()
	start, _, err := cmd.Find([]string{"start"})
	if err != nil {
		t.Fatal(err)
	}
	if err := start.ParseFlags([]string{"--stagger", "9s", "--http", "127.0.0.1:0"}); err != nil {
		t.Fatal(err)
	}
	s, err := load(start, common)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Listen) != 1 || s.Listen[0] != "/ip4/127.0.0.1/tcp/7000" || len(s.Bootstrap) != 2 || s.Bootstrap[1] != "/ip4/10.0.0.2/tcp/2" ||
		s.RoundTimeout != 5*time.Second || s.Poll != 8*time.Second || s.Stagger != 9*time.Second || s.DHT || s.QUIC || s.HTTP != "127.0.0.1:0" {
		t.Errorf("settings %+v", s)
	}
}
