package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// MinPassword is the shortest password for a new keystore.
const MinPassword = 6

// PasswordSource says where a password comes from. The first that is set counts: Flag (which warns:
// arguments are visible to other users of the machine), FD, File, then a prompt on the terminal.
type PasswordSource struct {
	Flag string // from the command line
	FD   int    // open file descriptor; 0 is none
	File string // file of mode 0600; SAGE_PASSWORD_FILE
	In   *os.File
	Talk io.Writer
}

// AddPassword adds the flags --password and --password-fd. What it returns makes the source of a
// password once the flags are parsed; file is the setting password-file.
func AddPassword(flags *pflag.FlagSet) func(file string, talk io.Writer) PasswordSource {
	var s PasswordSource
	flags.IntVar(&s.FD, "password-fd", 0, "open file descriptor to read the wallet's password from")
	flags.StringVar(&s.Flag, "password", "", "the wallet's password (visible to others on this machine; prefer --password-file)")
	return func(file string, talk io.Writer) PasswordSource {
		s.File, s.In, s.Talk = file, os.Stdin, talk
		return s
	}
}

// Read returns the password. With confirm a prompt asks twice, for a new keystore.
func (s PasswordSource) Read(prompt string, confirm bool) (string, error) {
	password, err := s.read(prompt, confirm)
	if err != nil {
		return "", err
	}
	if confirm && len(password) < MinPassword {
		return "", Usage("a password needs at least %d characters", MinPassword)
	}
	return password, nil
}

func (s PasswordSource) read(prompt string, confirm bool) (string, error) {
	switch {
	case s.Flag != "":
		fmt.Fprintln(s.Talk, "warning: a password on the command line is visible to other users and stays in the shell's history; use a prompt, --password-fd or --password-file")
		return s.Flag, nil
	case s.FD > 0:
		f := os.NewFile(uintptr(s.FD), "password")
		if f == nil {
			return "", Usage("--password-fd %d is not open", s.FD)
		}
		defer f.Close()
		return firstLine(f)
	case s.File != "":
		if err := CheckPrivate(s.File); err != nil {
			return "", err
		}
		f, err := os.Open(s.File)
		if err != nil {
			return "", Environment(err, "SAGE_PASSWORD_FILE or --password-file must name a readable file")
		}
		defer f.Close()
		return firstLine(f)
	}
	if s.In == nil || !term.IsTerminal(int(s.In.Fd())) {
		return "", &Error{Code: ExitUsage, Err: errors.New("no password: standard input is no terminal"), Hint: "set SAGE_PASSWORD_FILE to a file of mode 0600, or use --password-fd"}
	}
	password, err := s.ask(prompt)
	if err != nil || !confirm {
		return password, err
	}
	again, err := s.ask("Again")
	if err != nil {
		return "", err
	}
	if again != password {
		return "", Usage("the two passwords differ")
	}
	return password, nil
}

func (s PasswordSource) ask(prompt string) (string, error) {
	fmt.Fprintf(s.Talk, "%s: ", prompt)
	defer fmt.Fprintln(s.Talk)
	b, err := term.ReadPassword(int(s.In.Fd()))
	return string(b), err
}

func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, 4096)).ReadString('\n')
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", Usage("the password is empty (%v)", err)
	}
	return line, nil
}
