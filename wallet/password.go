package wallet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/sage-network/sage-node/internal/privatefile"
)

// Environment variables that passwords come from.
const (
	PasswordFileVariable = "SAGE_PASSWORD_FILE"
	PasswordVariable     = "SAGE_PASSWORD"
)

// ErrNoPassword says that there is no source to take a password from.
var ErrNoPassword = errors.New("wallet: no password: run at a terminal, or give --password-fd, or set " + PasswordFileVariable)

// maxPassword bounds a password's length in bytes.
const maxPassword = 1024

// PasswordSource says where a password may come from, in the order of its fields; the environment and the terminal come
// last.
type PasswordSource struct {
	// Argument is the password itself, given on the command line, where others can see it: callers warn.
	Argument string
	// FD is an open file descriptor to read from, when positive.
	FD int
	// File is a path to read from, mode 0600; $SAGE_PASSWORD_FILE if empty.
	File string
	// Prompt is what the terminal shows; "Password: " if empty.
	Prompt string
	// Confirm asks twice at the terminal, for a new password.
	Confirm bool
}

// Read returns the password. Sources other than the argument end at the first line break.
func (s PasswordSource) Read() ([]byte, error) {
	switch {
	case s.Argument != "":
		return checkPassword([]byte(s.Argument), "the command line")
	case s.FD > 0:
		f := os.NewFile(uintptr(s.FD), "password")
		if f == nil {
			return nil, fmt.Errorf("wallet: password from file descriptor %d: it is not open", s.FD)
		}
		defer f.Close()
		text, err := io.ReadAll(io.LimitReader(f, maxPassword+2))
		if err != nil {
			return nil, fmt.Errorf("wallet: password from file descriptor %d: %w", s.FD, err)
		}
		return firstLine(text, fmt.Sprintf("file descriptor %d", s.FD))
	}
	file := s.File
	if file == "" {
		file = os.Getenv(PasswordFileVariable)
	}
	if file != "" {
		text, err := privatefile.Read(file, maxPassword+2)
		if err != nil {
			return nil, fmt.Errorf("wallet: password from a file: %w", err)
		}
		return firstLine(text, file)
	}
	if text := os.Getenv(PasswordVariable); text != "" {
		return checkPassword([]byte(text), PasswordVariable)
	}
	return s.ask()
}

// ask reads from the terminal without an echo; the prompt goes to stderr.
func (s PasswordSource) ask() ([]byte, error) {
	stdin := int(os.Stdin.Fd())
	if !term.IsTerminal(stdin) {
		return nil, ErrNoPassword
	}
	prompt := s.Prompt
	if prompt == "" {
		prompt = "Password: "
	}
	fmt.Fprint(os.Stderr, prompt)
	first, err := term.ReadPassword(stdin)
	fmt.Fprintln(os.Stderr)
	if err != nil {
		return nil, fmt.Errorf("wallet: password from the terminal: %w", err)
	}
	if s.Confirm {
		fmt.Fprint(os.Stderr, "The same again: ")
		second, err := term.ReadPassword(stdin)
		fmt.Fprintln(os.Stderr)
		if err != nil {
			return nil, fmt.Errorf("wallet: password from the terminal: %w", err)
		}
		if !bytes.Equal(first, second) {
			return nil, errors.New("wallet: the two passwords differ")
		}
	}
	return checkPassword(first, "the terminal")
}

func firstLine(text []byte, source string) ([]byte, error) {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return checkPassword(bytes.TrimSuffix(line, []byte("\r")), source)
}

func checkPassword(password []byte, source string) ([]byte, error) {
	if len(password) == 0 {
		return nil, fmt.Errorf("wallet: the password from %s is empty", source)
	}
	if len(password) > maxPassword {
		return nil, fmt.Errorf("wallet: the password from %s has more than %d bytes", source, maxPassword)
	}
	return password, nil
}
