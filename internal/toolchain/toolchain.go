// Package toolchain finds the programs that the project uses but does not consist of: a local Starknet
// (starknet-devnet) and the Cairo compilers. It looks in $SAGE_TOOLS_DIR/bin, on PATH and in the user's cache folder, takes
// only the version that it was tested with, and can build a missing one from crates.io into the cache.
package toolchain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Tool is a program by name and version; Name is also that of its crate.
type Tool struct {
	Name, Version string
	// BuildTime is what a build takes on a small machine, to tell those who wait.
	BuildTime string
	// corelib says that the tool needs Cairo's core library in the folder beside its own.
	corelib bool
}

// The versions that work together: the compilers make classes that the devnet accepts.
var (
	Devnet        = Tool{Name: "starknet-devnet", Version: "0.8.2", BuildTime: "about 12 minutes on two cores"}
	Compile       = Tool{Name: "starknet-compile", Version: "2.17.0", BuildTime: "about 8 minutes on two cores", corelib: true}
	SierraCompile = Tool{Name: "starknet-sierra-compile", Version: "2.17.0", BuildTime: "about 3 minutes on two cores"}
	CairoTest     = Tool{Name: "cairo-test", Version: "2.17.0", BuildTime: "about 8 minutes on two cores", corelib: true}
	CairoFormat   = Tool{Name: "cairo-format", Version: "2.17.0", BuildTime: "about 2 minutes on two cores"}
)

// DirVariable is the environment variable that names a folder with bin and corelib in it.
const DirVariable = "SAGE_TOOLS_DIR"

// ErrNotFound says that a tool is in none of the places where it may be.
var ErrNotFound = errors.New("toolchain: tool not found")

// Find returns the path of the tool. Where only other versions are found, the error names them.
func Find(ctx context.Context, t Tool) (string, error) {
	file := t.Name
	if runtime.GOOS == "windows" {
		file += ".exe"
	}
	var candidates []string
	if dir := os.Getenv(DirVariable); dir != "" {
		candidates = append(candidates, filepath.Join(dir, "bin", file))
	}
	if p, err := exec.LookPath(t.Name); err == nil {
		candidates = append(candidates, p)
	}
	if cache, err := cacheDir(); err == nil {
		candidates = append(candidates, filepath.Join(cache, "bin", file))
	}
	var wrong []string
	for _, path := range candidates {
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			continue
		}
		version, err := versionOf(ctx, path)
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s does not run: %v", path, err))
			continue
		}
		if version != t.Version {
			wrong = append(wrong, fmt.Sprintf("%s is version %s", path, version))
			continue
		}
		return path, nil
	}
	hint := fmt.Sprintf("set %s, put it on PATH, or build it: cargo install --locked %s@%s", DirVariable, t.Name, t.Version)
	if len(wrong) > 0 {
		return "", fmt.Errorf("%w: %s %s (%s); %s", ErrNotFound, t.Name, t.Version, strings.Join(wrong, "; "), hint)
	}
	return "", fmt.Errorf("%w: %s %s; %s", ErrNotFound, t.Name, t.Version, hint)
}

// versionOf runs path --version, which prints the name and the version.
func versionOf(ctx context.Context, path string) (string, error) {
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return "", err
	}
	words := strings.Fields(string(out))
	if len(words) < 2 {
		return "", fmt.Errorf("--version printed %q", out)
	}
	return words[1], nil
}

// cacheDir is where Build puts tools: $XDG_CACHE_HOME/sage/tools or the like of the operating system.
func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(base, "sage", "tools"), nil
}
