package toolchain

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// corelibCrate ships Cairo's core library as files; it is fetched, never built.
const corelibCrate, corelibVersion = "cairo-native", "0.9.0-rc.5"

// Ensure returns the path of the tool, building it first where it is missing. What it does and how long that takes goes to
// progress, with cargo's own output.
func Ensure(ctx context.Context, t Tool, progress io.Writer) (string, error) {
	path, err := Find(ctx, t)
	if err == nil || !errors.Is(err, ErrNotFound) {
		return path, err
	}
	return Build(ctx, t, progress)
}

// Build installs the tool from crates.io into the cache folder. It needs cargo; the builds share a target folder, so that
// later ones are shorter.
func Build(ctx context.Context, t Tool, progress io.Writer) (string, error) {
	if _, err := exec.LookPath("cargo"); err != nil {
		return "", fmt.Errorf("%w: %s %s, and no cargo to build it with; install Rust (https://rustup.rs) or set %s",
			ErrNotFound, t.Name, t.Version, DirVariable)
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	fmt.Fprintf(progress, "building %s %s from crates.io into %s, once; this takes %s\n", t.Name, t.Version, cache, t.BuildTime)
	cargo := command(ctx, progress, "cargo", "install", "--locked", "--root", cache, t.Name+"@"+t.Version)
	cargo.Env = append(os.Environ(),
		"CARGO_TARGET_DIR="+filepath.Join(cache, "target"),
		// A little slower to run, a third faster to build.
		"CARGO_PROFILE_RELEASE_OPT_LEVEL=1", "CARGO_PROFILE_RELEASE_DEBUG=0", "CARGO_PROFILE_RELEASE_LTO=off")
	if err := cargo.Run(); err != nil {
		return "", fmt.Errorf("build %s %s: %w", t.Name, t.Version, err)
	}
	if t.corelib {
		if err := fetchCorelib(ctx, cache, progress); err != nil {
			return "", fmt.Errorf("fetch Cairo's core library: %w", err)
		}
	}
	return Find(ctx, t)
}

// fetchCorelib copies the core library out of the sources of a crate that ships it, to where the compilers look: the
// folder corelib beside their bin.
func fetchCorelib(ctx context.Context, cache string, progress io.Writer) error {
	target := filepath.Join(cache, "corelib")
	if _, err := os.Stat(filepath.Join(target, "src", "lib.cairo")); err == nil {
		return nil
	}
	work, err := os.MkdirTemp(cache, "corelib-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	manifest := fmt.Sprintf("[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[lib]\npath = \"lib.rs\"\n[dependencies]\n%s = \"=%s\"\n",
		corelibCrate, corelibVersion)
	if err := os.WriteFile(filepath.Join(work, "Cargo.toml"), []byte(manifest), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(work, "lib.rs"), nil, 0o644); err != nil {
		return err
	}
	var out bytes.Buffer
	metadata := command(ctx, progress, "cargo", "metadata", "--format-version", "1")
	metadata.Dir, metadata.Stdout = work, &out
	if err := metadata.Run(); err != nil {
		return err
	}
	var packages struct {
		Packages []struct {
			Name         string
			ManifestPath string `json:"manifest_path"`
		}
	}
	if err := json.Unmarshal(out.Bytes(), &packages); err != nil {
		return err
	}
	for _, p := range packages.Packages {
		if p.Name != corelibCrate {
			continue
		}
		copied := filepath.Join(work, "corelib")
		if err := os.CopyFS(copied, os.DirFS(filepath.Join(filepath.Dir(p.ManifestPath), "corelib"))); err != nil {
			return err
		}
		return os.Rename(copied, target)
	}
	return fmt.Errorf("the crate %s %s is not among what cargo fetched", corelibCrate, corelibVersion)
}

func command(ctx context.Context, progress io.Writer, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Stdout, c.Stderr = progress, progress
	return c
}
