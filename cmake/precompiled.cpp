int main() {}  // what is precompiled needs a program to belong to
