package cli

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/spf13/pflag"
)

type sample struct {
	Common   `koanf:",flatten,squash"`
	MinPrice string `koanf:"min-price"`
	Workers  int    `koanf:"workers"`
	APIKey   string `koanf:"api-key"`
}

func TestLoadLayers(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(path, []byte("min-price = \"2\"\nworkers = 2\nnetwork = \"file\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SAGE_MIN_PRICE", "3")
	t.Setenv("SAGE_UNRELATED", "x")
	flags := pflag.NewFlagSet("t", pflag.ContinueOnError)
	AddCommon(flags, Common{Network: "devnet"})
	flags.Int("workers", 1, "")
	flags.String("min-price", "1", "")
	if err := flags.Parse([]string{"--workers", "4"}); err != nil {
		t.Fatal(err)
	}
	got, err := Load(sample{Common: Common{Network: "devnet", LogLevel: "info"}, MinPrice: "1", Workers: 1}, path, true, flags)
	if err != nil {
		t.Fatal(err)
	}
	if got.MinPrice != "3" || got.Workers != 4 || got.Network != "file" || got.LogLevel != "info" {
		t.Fatalf("layers gave %+v; want price from the environment, workers from the flag, network from the file, level from the defaults", got)
	}
}

// TestRolesHaveTheirOwnVariables: one environment serves several programs.
func TestRolesHaveTheirOwnVariables(t *testing.T) {
	type own struct {
		Common `koanf:",flatten,squash"`
		Listen []string `koanf:"listen"`
		Poll   string   `koanf:"poll"`
	}
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, "worker"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "worker", "config.toml"), []byte("listen = [\"file\"]\npoll = \"1s\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"SAGE_LISTEN": "nobody", "SAGE_WORKER_LISTEN": "a,b c", "SAGE_VALIDATOR_LISTEN": "d", "SAGE_POLL": "9s", "SAGE_NETWORK": "common", "SAGE_WORKER_NETWORK": "nobody",
	} {
		t.Setenv(name, value)
	}
	for role, want := range map[string]own{
		"worker":      {Common{Network: "common", Home: home}, []string{"a", "b", "c"}, "1s"},
		"validator":   {Common{Network: "common", Home: home}, []string{"d"}, "2s"},
		"coordinator": {Common{Network: "common", Home: home}, []string{"x"}, "2s"},
	} {
		common := Common{Network: "devnet", Home: home}
		flags := pflag.NewFlagSet("t", pflag.ContinueOnError)
		AddCommon(flags, common)
		got, err := LoadRole(own{common, []string{"x"}, "2s"}, common, role, flags)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v, %v", role, got, want, err)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(path, []byte("min-prise = \"2\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var e *Error
	if _, err := Load(sample{}, path, true, nil); !errors.As(err, &e) || e.Code != ExitUsage {
		t.Fatalf("a misspelt setting gave %v", err)
	}
	if _, err := Load(sample{}, filepath.Join(dir, "absent.toml"), true, nil); err == nil {
		t.Fatal("a named file that is missing was accepted")
	}
	if _, err := Load(sample{}, filepath.Join(dir, "absent.toml"), false, nil); err != nil {
		t.Fatalf("a default file that is missing: %v", err)
	}
}

func TestEffectiveHidesSecrets(t *testing.T) {
	m, err := Effective(sample{APIKey: "hunter2", MinPrice: "1"})
	if err != nil || m["api-key"] != "(hidden)" || m["min-price"] != "1" {
		t.Fatalf("%v, %v", m, err)
	}
}

func TestCheckPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if CheckPrivate(path) == nil {
		t.Fatal("a world-readable secret was accepted")
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := CheckPrivate(path); err != nil {
		t.Fatal(err)
	}
}

func TestLoadRoleFindsTheFile(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, "worker"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "worker", "config.toml"), []byte("workers = 7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		common Common
		args   []string
		want   int
		fails  bool
	}{
		"home of the environment": {Common{Home: home}, nil, 7, false},
		"home of the flag":        {Common{Home: "elsewhere"}, []string{"--home", home}, 7, false},
		"no file":                 {Common{Home: t.TempDir()}, nil, 1, false},
		"named":                   {Common{Home: "elsewhere"}, []string{"--config", filepath.Join(home, "worker", "config.toml")}, 7, false},
		"named and missing":       {Common{Home: home}, []string{"--config", filepath.Join(home, "absent.toml")}, 0, true},
	} {
		flags := pflag.NewFlagSet("t", pflag.ContinueOnError)
		AddCommon(flags, c.common)
		if err := flags.Parse(c.args); err != nil {
			t.Fatal(err)
		}
		got, err := LoadRole(sample{Common: c.common, Workers: 1}, c.common, "worker", flags)
		if (err != nil) != c.fails || got.Workers != c.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
