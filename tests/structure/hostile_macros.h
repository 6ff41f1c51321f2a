// What platform headers do to names. Each expands to something that compiles nowhere, so that any use is seen.
#define min(a, b) 0 !
#define max(a, b) 0 !
#define ERROR 0 !
#define DELETE 0 !
#define GetMessage 0 !
