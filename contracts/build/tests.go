package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/sage-network/sage-node/internal/toolchain"
)

// errNoTests says that no test's name contains the filter.
var errNoTests = errors.New("no test ran")

// passed is cairo-test's last line when all is well.
var passed = regexp.MustCompile(`(?m)^test result: ok\. (\d+) passed; 0 failed;`)

// part names a test program in the sources: #[cfg(or(not(part), part: 'name'))].
var part = regexp.MustCompile(`\bpart: '(\w+)'`)

// runTests runs the project's Cairo tests; what they print goes to out as it comes. A contract call in a test takes time
// in proportion to the whole program that holds it, so the sources may name parts, each of which becomes a program with
// what belongs to no part. Without that, as by cairo-test itself, all is one program.
func runTests(ctx context.Context, project string, all bool, filter string, out, progress io.Writer) error {
	tool, err := toolchain.Ensure(ctx, toolchain.CairoTest, progress)
	if err != nil {
		return err
	}
	parts, err := findParts(project)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "sage-tests-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	// Two parts at a time; what each prints comes when it is through.
	var turn sync.Mutex
	var errs []error
	ran := 0
	var group errgroup.Group
	group.SetLimit(2)
	for _, name := range parts {
		group.Go(func() error {
			var said bytes.Buffer
			n, err := runPart(ctx, tool, project, name, work, all, filter, &said)
			turn.Lock()
			defer turn.Unlock()
			if _, err := said.WriteTo(out); err != nil {
				return err
			}
			if err != nil {
				errs = append(errs, err)
			}
			ran += n
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if ran == 0 {
		return fmt.Errorf("%w: none of %s has %q in its name", errNoTests, project, filter)
	}
	fmt.Fprintln(out, ran, "tests passed")
	return nil
}

// runPart runs the tests of one part and returns how many passed.
func runPart(ctx context.Context, tool, project, name, work string, all bool, filter string, out *bytes.Buffer) (int, error) {
	folder, label := project, project
	if name != "" {
		folder, label = filepath.Join(work, name), project+", part "+name
		if err := projectOfPart(project, name, folder); err != nil {
			return 0, err
		}
		fmt.Fprintln(out, "part", name)
	}
	args := []string{folder, "--starknet"}
	if all {
		args = append(args, "--include-ignored")
	}
	if filter != "" {
		args = append(args, "--filter", filter)
	}
	if err := tell(ctx, out, tool, args...); err != nil {
		return 0, fmt.Errorf("the tests of %s: %w", label, err)
	}
	// Success is what the tool says, not only how it ends: a filter that matches nothing ends well too.
	result := passed.FindSubmatch(out.Bytes())
	if result == nil {
		return 0, fmt.Errorf("the tests of %s: cairo-test did not report success", label)
	}
	return strconv.Atoi(string(result[1]))
}

// findParts lists the parts that the sources name, or one nameless part that is all of them.
func findParts(project string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(filepath.Join(project, "src"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".cairo" {
			return err
		}
		content, err := os.ReadFile(path)
		for _, m := range part.FindAllSubmatch(content, -1) {
			found = append(found, string(m[1]))
		}
		return err
	})
	if len(found) == 0 {
		found = []string{""}
	}
	slices.Sort(found)
	return slices.Compact(found), err
}

// projectOfPart writes a project over the same sources in which only that part is compiled. A project's own set of options
// takes the place of the one that cairo-test gives, which is named with it therefore.
func projectOfPart(project, name, folder string) error {
	src, err := filepath.Abs(filepath.Join(project, "src"))
	if err != nil {
		return err
	}
	config, err := os.ReadFile(filepath.Join(project, "cairo_project.toml"))
	if err != nil {
		return err
	}
	root, global := crateRoot.FindSubmatchIndex(config), []byte("[config.global]\n")
	if root == nil || bytes.Count(config, global) != 1 {
		return fmt.Errorf("%s must name the crate root \"src\" and have one [config.global]", filepath.Join(project, "cairo_project.toml"))
	}
	config = []byte(strings.Replace(string(config), "\"src\"", strconv.Quote(src), 1))
	config = bytes.Replace(config, global, fmt.Appendf(nil, "%scfg_set = [\"test\", [\"target\", \"test\"], \"part\", [\"part\", %q]]\n", global, name), 1)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "cairo_project.toml"), config, 0o644)
}

// checkFormat fails, and shows the differences on out, where the sources are not as cairo-format leaves them.
func checkFormat(ctx context.Context, project string, out, progress io.Writer) error {
	tool, err := toolchain.Ensure(ctx, toolchain.CairoFormat, progress)
	if err != nil {
		return err
	}
	source := filepath.Join(project, "src")
	if err := tell(ctx, out, tool, "--check", "--recursive", source); err != nil {
		return fmt.Errorf("format of %s: %w; run: %s --recursive %s", source, err, filepath.Base(tool), source)
	}
	return nil
}

// tell runs a tool without input, with all that it prints going to out.
func tell(ctx context.Context, out io.Writer, tool string, args ...string) error {
	c := exec.CommandContext(ctx, tool, args...)
	// No Stdin: the tool reads the null device.
	c.Stdout, c.Stderr = out, out
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(append([]string{filepath.Base(tool)}, args...), " "), err)
	}
	return nil
}
